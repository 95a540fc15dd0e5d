'use client';
import { useEffect } from 'react';
import { forgetTickets } from '@/lib/kept-tickets.ts';

/** For pages of guests: nothing of a visitor who was signed in before stays in this browser. */
export function ForgetTickets() {
  useEffect(() => {
    void forgetTickets();
  }, []);
  return null;
}
