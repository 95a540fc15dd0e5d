import NextLink from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { buttonClass, type ButtonStyle } from './button.tsx';

type LinkProps = ComponentProps<typeof NextLink>;

/** A link to another page. It is not prefetched: every page is rendered for its visitor, and a list has many links. */
export function Link({ prefetch = false, ...props }: LinkProps) {
  return <NextLink prefetch={prefetch} {...props} />;
}

/** A link styled as a button. */
export function ButtonLink({ variant, wide, ...props }: Omit<LinkProps, 'className'> & ButtonStyle) {
  return <Link className={buttonClass({ variant, wide })} {...props} />;
}

/** A link that loads its page as a whole, for use after a failure or a change of account: nothing of this page is kept. */
export function ReloadLink({
  href,
  buttonStyle,
  children,
}: {
  href: string;
  buttonStyle?: ButtonStyle;
  children: ReactNode;
}) {
  return (
    <a href={href} className={buttonStyle && buttonClass(buttonStyle)}>
      {children}
    </a>
  );
}
