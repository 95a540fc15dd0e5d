'use client';
import { createContext, type ReactNode, useContext } from 'react';
import { DEFAULT_FORMAT, type Format } from '@/lib/formats.ts';

const FormatContext = createContext<Format>(DEFAULT_FORMAT);

/** Passes the visitor's format to client components, which can't read the request. */
export function FormatProvider({ format, children }: { format: Format; children: ReactNode }) {
  return <FormatContext value={format}>{children}</FormatContext>;
}

/** The visitor's format, in client components. */
export const useFormat = (): Format => useContext(FormatContext);
