const PATHS = {
  warn: 'M8 1.5 15 14H1L8 1.5ZM8 6v4m0 1.8v.2',
  note: 'M8 1.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 8 1.2ZM8 7v4.5M8 4.3v.4',
  good: 'm2.5 8.5 3.5 4 7.5-9',
  clock: 'M8 1.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 8 1.2ZM8 4v4.2l2.8 1.8',
  tag: 'M1.5 8.7V2h6.7l6.3 6.3-6.7 6.2-6.3-5.8ZM5 5.2v.3',
  gone: 'm3.5 3.5 9 9m0-9-9 9',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon beside text; screen readers skip it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
