import { ImageResponse } from 'next/og';
import { getTicket, isTicketId } from '@/api/tickets.ts';
import { createHttp } from '@/api/http.ts';
import { apiUrl } from '@/lib/config.ts';
import { DEFAULT_FORMAT } from '@/lib/formats.ts';
import { SITE_NAME } from '@/lib/site.ts';
import { ticketFace } from '@/lib/ticket-face.ts';

export const size = { width: 1200, height: 630 };
export const contentType = 'image/png';
export const alt = `A ticket on ${SITE_NAME}`;

/** The ticket as a picture, for links to it on other sites. Nothing in it depends on who asks. */
export default async function TicketImage({ params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params;
  const answer = isTicketId(id) ? await getTicket(createHttp({ baseUrl: apiUrl() }), id) : undefined;
  if (!answer?.ok) return new Response(null, { status: answer === undefined ? 404 : answer.status });
  const face = ticketFace(answer.data, DEFAULT_FORMAT);
  return new ImageResponse(
    <div
      style={{
        display: 'flex',
        flexDirection: 'column',
        justifyContent: 'space-between',
        width: '100%',
        height: '100%',
        padding: 72,
        background: '#0c3b2e',
        color: '#f2f7f3',
      }}
    >
      <div style={{ display: 'flex', fontSize: 36, color: '#f2b83b' }}>{SITE_NAME}</div>
      <div style={{ display: 'flex', flexDirection: 'column' }}>
        <div style={{ display: 'block', fontSize: 76, lineClamp: 2, lineHeight: 1.15 }}>{face.title}</div>
        <div style={{ display: 'flex', marginTop: 24, fontSize: 36, color: '#b9d3c6' }}>
          {[face.date?.text, ...face.details]
            .filter((part) => part !== undefined)
            .join(' · ')
            .slice(0, 90)}
        </div>
      </div>
      <div style={{ display: 'flex', fontSize: 64, color: '#f2b83b' }}>{face.price}</div>
    </div>,
    { ...size, headers: { 'Cache-Control': 'public, max-age=300' } },
  );
}
