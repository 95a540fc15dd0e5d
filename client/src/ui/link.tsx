import NextLink from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { buttonClass, type ButtonLook } from './button.tsx';

type LinkProps = ComponentProps<typeof NextLink>;

/** A link to another page. Nothing is loaded before it is followed: pages are rendered for each visitor, and a list has many. */
export function Link({ prefetch = false, ...props }: LinkProps) {
  return <NextLink prefetch={prefetch} {...props} />;
}

/** A link that looks like a button. */
export function ButtonLink({ variant, wide, ...props }: Omit<LinkProps, 'className'> & ButtonLook) {
  return <Link className={buttonClass({ variant, wide })} {...props} />;
}

/** A link that loads its page as a whole, for after a failure or a change of account: nothing of this page is kept. */
export function ReloadLink({ href, look, children }: { href: string; look?: ButtonLook; children: ReactNode }) {
  return (
    <a href={href} className={look && buttonClass(look)}>
      {children}
    </a>
  );
}
