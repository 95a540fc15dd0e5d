'use client';
import { useEffect } from 'react';
import { keepTicket } from '@/lib/kept-tickets.ts';

/** Keeps the page with the ticket in this browser, for an entrance without a connection, until its visitor signs out. */
export function KeepTicket() {
  useEffect(() => {
    void keepTicket();
  }, []);
  return null;
}
