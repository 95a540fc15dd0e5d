import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export type BadgeTone = 'good' | 'warn' | 'note' | 'quiet';

/** A status in a word or two. */
export function Badge({ tone, icon, children }: { tone: BadgeTone; icon: IconName; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <Icon name={icon} size={13} />
      <span>{children}</span>
    </span>
  );
}
