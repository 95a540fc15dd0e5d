/// <reference types="next" />
declare module '*.scss';
declare module 'server-only';

declare namespace NodeJS {
  interface ProcessEnv {
    /** Set by Next, which puts its value in when it compiles. */
    readonly NEXT_RUNTIME?: 'nodejs' | 'edge';
  }
}
