import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Record<Tone, IconName> = { warn: 'warn', good: 'good', note: 'note' };

type Tone = 'warn' | 'good' | 'note';

/** A message that the visitor should see before continuing. */
export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ReactNode }) {
  return (
    <div className={`notice notice-${tone}`}>
      <Icon name={ICONS[tone]} size={20} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}
