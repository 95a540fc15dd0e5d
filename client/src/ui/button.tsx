import type { ComponentProps } from 'react';

export type ButtonVariant = 'primary' | 'quiet' | 'danger';

export interface ButtonLook {
  variant?: ButtonVariant | undefined;
  /** As wide as what it stands in. */
  wide?: boolean | undefined;
}

/** The classes of what looks like a button. */
export const buttonClass = ({ variant = 'primary', wide = false }: ButtonLook): string =>
  `btn btn-${variant}${wide ? ' btn-wide' : ''}`;

/** A button; `type` is `button` unless given. */
export function Button({
  variant,
  wide,
  type = 'button',
  ...props
}: Omit<ComponentProps<'button'>, 'className'> & ButtonLook) {
  return <button type={type} className={buttonClass({ variant, wide })} {...props} />;
}
