import type { Answer, Http } from './http.ts';
import type { Account, Credentials, CurrentUser, SessionList, User } from './types.ts';

/** Creates an account and signs in: the answer sets the session cookie. Repeated with the same key, it signs in again. */
export const signUp = (http: Http, credentials: Credentials, key?: string): Promise<Answer<User>> =>
  http('POST', '/api/users/signup', credentials, key);

/** Signs in: the answer sets the session cookie. */
export const signIn = (http: Http, credentials: Credentials, key?: string): Promise<Answer<User>> =>
  http('POST', '/api/users/signin', credentials, key);

/** Signs out: the answer removes the session cookie. */
export const signOut = (http: Http): Promise<Answer<unknown>> => http('POST', '/api/users/signout', {});

export const currentUserPath = '/api/users/currentuser';

/** Who the session belongs to; null when there is none. */
export const getCurrentUser = (http: Http): Promise<Answer<CurrentUser>> => http('GET', currentUserPath);

/** The visitor's own account. */
export const getAccount = (http: Http): Promise<Answer<Account>> => http('GET', '/api/users/account');

/** Mails a link to choose a new password, if there is an account with this address; the answer is the same if not. */
export const forgotPassword = (http: Http, email: string): Promise<Answer<unknown>> =>
  http('POST', '/api/users/password/forgotten', { email });

/** Changes the password by the token of a mailed link, and signs out everywhere; 410 when the link has ended. */
export const resetPassword = (http: Http, input: { token: string; password: string }): Promise<Answer<unknown>> =>
  http('POST', '/api/users/password/reset', input);

/** Mails a link that confirms the address of the visitor's account. */
export const sendConfirmation = (http: Http): Promise<Answer<unknown>> => http('POST', '/api/users/confirmation', {});

/** Confirms an address by the token of a mailed link; 410 when the link has ended. */
export const confirmAddress = (http: Http, token: string): Promise<Answer<unknown>> =>
  http('POST', '/api/users/confirm', { token });

/** Changes the password, and signs out everywhere else; 403 when the current one is wrong. */
export const changePassword = (
  http: Http,
  input: { currentPassword: string; password: string },
): Promise<Answer<unknown>> => http('PUT', '/api/users/password', input);

/** Deletes the visitor's account for good; 403 when the password is wrong. */
export const deleteAccount = (http: Http, password: string): Promise<Answer<unknown>> =>
  http('POST', '/api/users/deletion', { password });

/** Where the visitor is signed in, the last used first. */
export const listSessions = (http: Http): Promise<Answer<SessionList>> => http('GET', '/api/users/sessions');

/** Signs out in another browser; 404 when that has happened already. */
export const endSession = (http: Http, id: string): Promise<Answer<unknown>> =>
  http('DELETE', `/api/users/sessions/${encodeURIComponent(id)}`);

/** Signs out in all other browsers. */
export const endOtherSessions = (http: Http): Promise<Answer<unknown>> =>
  http('DELETE', '/api/users/sessions?except=current');
