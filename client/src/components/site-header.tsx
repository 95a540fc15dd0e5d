import { SITE_NAME } from '@/lib/site.ts';
import { getViewer } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { ForgetTickets } from './forget-tickets.tsx';
import { NavLink } from './nav-link.tsx';
import { SignOutForm } from './sign-out-form.tsx';

/** The bar on top of every page. */
export async function SiteHeader() {
  const viewer = await getViewer();
  return (
    <header className="site-header" data-viewer={viewer.kind}>
      {viewer.kind === 'guest' ? <ForgetTickets /> : null}
      <div className="container site-bar">
        <Link href="/" className="wordmark">
          <svg width="30" height="22" viewBox="0 0 30 22" aria-hidden="true" focusable="false">
            <path
              fill="currentColor"
              d="M2 0h17a2.5 2.5 0 0 0 5 0h4a2 2 0 0 1 2 2v18a2 2 0 0 1-2 2h-4a2.5 2.5 0 0 0-5 0H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2Zm18.7 5.2v2.6h1.6V5.2zm0 4.5v2.6h1.6V9.7zm0 4.5v2.6h1.6v-2.6z"
            />
          </svg>
          {SITE_NAME}
        </Link>
        <nav className="site-nav" aria-label="Main">
          <ul>
            <li>
              <NavLink href="/">Tickets</NavLink>
            </li>
            <li>
              <NavLink href="/sell">Sell</NavLink>
            </li>
            {viewer.kind === 'guest' ? null : (
              <li>
                <NavLink href="/orders">My orders</NavLink>
              </li>
            )}
          </ul>
          <ul>
            {viewer.kind === 'guest' ? (
              <>
                <li>
                  <NavLink href="/auth/signin">Sign in</NavLink>
                </li>
                <li>
                  <NavLink href="/auth/signup">Create account</NavLink>
                </li>
              </>
            ) : (
              <>
                {viewer.kind === 'user' ? (
                  <li className="account">
                    <NavLink href="/account">
                      <span className="account-address">{viewer.user.email}</span>
                      <span className="account-word">Account</span>
                    </NavLink>
                  </li>
                ) : null}
                <li>
                  <SignOutForm />
                </li>
              </>
            )}
          </ul>
        </nav>
      </div>
    </header>
  );
}
