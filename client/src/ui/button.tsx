import type { ComponentProps } from 'react';

export type ButtonVariant = 'primary' | 'quiet' | 'danger';

export interface ButtonStyle {
  variant?: ButtonVariant | undefined;
  /** As wide as its container. */
  wide?: boolean | undefined;
}

/** The classes of a button, or of a link styled as one. */
export const buttonClass = ({ variant = 'primary', wide = false }: ButtonStyle): string =>
  `btn btn-${variant}${wide ? ' btn-wide' : ''}`;

/** A button; `type` is `button` unless given. */
export function Button({
  variant,
  wide,
  type = 'button',
  ...props
}: Omit<ComponentProps<'button'>, 'className'> & ButtonStyle) {
  return <button type={type} className={buttonClass({ variant, wide })} {...props} />;
}
