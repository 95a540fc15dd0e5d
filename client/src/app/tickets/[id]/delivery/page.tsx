import { MAX_FILE_BYTES } from '@ticketing/common/shapes';
import type { Metadata } from 'next';
import { getDelivery } from '@/api/deliveries.ts';
import { getTicket, isTicketId } from '@/api/tickets.ts';
import type { Delivery, Ticket } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { NotFoundPage } from '@/components/not-found-page.tsx';
import { PageNews } from '@/components/page-news.tsx';
import { Question } from '@/components/question.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { FileLink, isEmptyDelivery, TicketCode } from '@/components/ticket-contents.tsx';
import { TicketRemovedPage } from '@/components/ticket-removed-page.tsx';
import { FORMAT_NAMES } from '@/lib/barcode.ts';
import { fileProblem } from '@/lib/delivery-messages.ts';
import type { Query } from '@/lib/filters.ts';
import { newsIn } from '@/lib/news.ts';
import { getViewer, pageHttp, redirectToSignIn } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import { CodeForm } from './_components/code-form.tsx';
import { FileForm } from './_components/file-form.tsx';
import { removeFileAction, saveDeliveryAction } from './actions.ts';

export const metadata: Metadata = { title: 'What the buyer gets' };

interface Props {
  params: Promise<{ id: string }>;
  searchParams: Promise<Query>;
}

/** Where a seller adds the ticket itself: its code, files and instructions. */
export default async function DeliveryPage({ params, searchParams }: Props) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const http = await pageHttp();
  const [answer, viewer] = await Promise.all([getTicket(http, id), getViewer()]);
  if (viewer.kind === 'guest') redirectToSignIn(`/tickets/${id}/delivery`);
  if (!answer.ok) {
    if (answer.status === 410) return <TicketRemovedPage />;
    if (answer.status < 500) return <NotFoundPage />;
    return <Down id={id} query={await searchParams} />;
  }
  const ticket = answer.data;
  // For anyone but the seller this page does not exist.
  if (viewer.kind === 'user' && viewer.user.id !== ticket.sellerId) return <NotFoundPage />;
  const delivery = await getDelivery(http, id);
  const query = await searchParams;
  if (!delivery.ok) return delivery.status >= 500 ? <Down id={id} query={query} /> : <NotFoundPage />;
  // Not what the address claims, but what is true now.
  const isNew = query['news'] === 'listed' && ticket.status === 'listed' && ticket.isClosed !== true;
  return (
    <div className="medium">
      <h1>What the buyer gets</h1>
      <p className="lead" dir="auto">
        {ticket.title}
      </p>
      <FileProblem query={query} />
      {isNew ? (
        <Notice tone="good" title="Your ticket is on sale now.">
          <p>Now add the ticket itself. The buyer gets it the moment they’ve paid, and nobody sees it before.</p>
        </Notice>
      ) : null}
      <PageNews news={query['news'] === 'delivery-saved' ? newsIn(query) : undefined} />
      <Contents ticket={ticket} delivery={delivery.data} />
      <p className="mt-section">
        <Link href={`/tickets/${id}`}>{isNew ? 'Skip this for now' : 'Back to ticket'}</Link>
      </p>
    </div>
  );
}

/** Without the delivery: still with the form that was sent without scripts, and what was typed into it. */
function Down({ id, query }: { id: string; query: Query }) {
  return (
    <div className="medium">
      <h1>What the buyer gets</h1>
      <FileProblem query={query} />
      <CodeForm action={saveDeliveryAction} ticketId={id} initial={undefined} formats={Object.entries(FORMAT_NAMES)}>
        <ServiceDown title="We can’t load this listing right now." retry={`/tickets/${id}/delivery`}>
          If you’ve just removed a file, we don’t know yet whether that worked; this page will show it.
        </ServiceDown>
      </CodeForm>
    </div>
  );
}

/** Why a file was not added, or that nobody knows. */
function FileProblem({ query: { problem } }: { query: Query }) {
  return typeof problem === 'string' ? <Notice tone="warn" title={fileProblem(problem)} /> : null;
}

/** The forms while the seller may change the delivery, and what is in it otherwise. */
function Contents({ ticket, delivery }: { ticket: Ticket; delivery: Delivery }) {
  const isEmpty = isEmptyDelivery(delivery);
  const isChangeable = ticket.status === 'listed' || (ticket.status === 'sold' && isEmpty);
  const { code, codeFormat, instructions, textTag } = delivery;
  if (!isChangeable)
    return (
      <>
        <Notice
          tone="note"
          title={
            ticket.status === 'sold'
              ? 'This ticket has been sold, and its buyer has what is below.'
              : 'A buyer has this ticket on hold. You can’t change it in the meantime.'
          }
        />
        <Panel>
          {isEmpty ? <p>You haven’t added anything yet.</p> : null}
          {code === null ? null : <TicketCode code={code} codeFormat={codeFormat} />}
          <Files ticketId={ticket.id} delivery={delivery} isChangeable={false} />
          {instructions === null ? null : (
            <p className="prose" dir="auto">
              {instructions}
            </p>
          )}
        </Panel>
      </>
    );
  return (
    <div className="stack">
      {ticket.status === 'sold' ? (
        <Notice tone="warn" title="This ticket has been sold, and its buyer is waiting for it." />
      ) : null}
      <Panel as="section" labelledBy="code">
        <h2 id="code">Code and instructions</h2>
        {code === null ? null : <TicketCode code={code} codeFormat={codeFormat} />}
        <CodeForm
          action={saveDeliveryAction}
          ticketId={ticket.id}
          initial={{ code: code ?? '', codeFormat, instructions: instructions ?? '', textTag }}
          formats={Object.entries(FORMAT_NAMES)}
        />
      </Panel>
      <Panel as="section" labelledBy="files">
        <h2 id="files">Files</h2>
        <Files ticketId={ticket.id} delivery={delivery} isChangeable />
        <FileForm
          ticketId={ticket.id}
          maxBytes={MAX_FILE_BYTES}
          messages={{
            'no-file': fileProblem('no-file'),
            'empty-file': fileProblem('empty-file'),
            'file-too-large': fileProblem('file-too-large'),
          }}
        />
      </Panel>
    </div>
  );
}

function Files({
  ticketId,
  delivery: { files },
  isChangeable,
}: {
  ticketId: string;
  delivery: Delivery;
  isChangeable: boolean;
}) {
  if (files.length === 0) return null;
  return (
    <ul className="ticket-files">
      {files.map((file) => (
        <li key={file.id}>
          <FileLink ticketId={ticketId} file={file} />
          {isChangeable ? (
            <Question label="Remove">
              <p>Remove it? It’s deleted here; to add it again you need the file.</p>
              <ActionForm
                action={removeFileAction}
                hidden={{ ticketId, fileId: file.id }}
                label="Yes, remove it"
                pendingLabel="Removing…"
                variant="danger"
              />
            </Question>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
