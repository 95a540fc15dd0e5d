import type { Answer, Http } from './http.ts';
import type { Credentials, CurrentUser, User } from './types.ts';

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
