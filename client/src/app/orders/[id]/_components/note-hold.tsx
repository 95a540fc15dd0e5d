'use client';
import { useEffect } from 'react';
import { type HeldTicket, heldTickets } from '@/lib/held-tickets.ts';

/** Notes for the bar of other pages whether the order of this one can still be paid. */
export function NoteHold({ orderId, held }: { orderId: string; held: HeldTicket | undefined }) {
  useEffect(() => {
    heldTickets.note(orderId, held);
  }, [orderId, held]);
  return null;
}
