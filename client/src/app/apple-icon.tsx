import { ImageResponse } from 'next/og';

export const size = { width: 180, height: 180 };
export const contentType = 'image/png';

/** The icon for home screens, and for browsers that ask for /favicon.ico. */
export default function AppleIcon(): ImageResponse {
  return new ImageResponse(
    <div
      style={{
        display: 'flex',
        width: '100%',
        height: '100%',
        background: '#0c3b2e',
        alignItems: 'center',
        justifyContent: 'center',
      }}
    >
      <svg width="150" height="150" viewBox="2 6 26 20">
        <path
          fill="#f2b83b"
          d="M5 8h13a2.2 2.2 0 0 0 4.4 0H26a1.6 1.6 0 0 1 1.6 1.6v12.8A1.6 1.6 0 0 1 26 24h-3.6a2.2 2.2 0 0 0-4.4 0H5a1.6 1.6 0 0 1-1.600-1.600V9.600A1.600 1.600 0 0 1 5 8Z"
        />
      </svg>
    </div>,
    size,
  );
}
