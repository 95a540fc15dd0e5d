'use client';
import { useEffect } from 'react';
import { type HoldNote, heldTickets } from '@/lib/held-tickets.ts';

/** Notes for the bar of other pages whether the order of this one can still be paid. */
export function NoteHold({ note }: { note: HoldNote }) {
  useEffect(() => {
    heldTickets.note(note);
  }, [note]);
  return null;
}
