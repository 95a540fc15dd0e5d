import { filePath } from '@/api/deliveries.ts';
import type { Delivery, DeliveryFile } from '@/api/types.ts';
import { barcodeImage, FORMAT_NAMES } from '@/lib/barcode.ts';
import { type Format, formatNumber } from '@/lib/formats.ts';
import { visitorFormat } from '@/lib/visitor.ts';

/** Whether a seller has added nothing for the buyer. */
export const isEmptyDelivery = ({ code, instructions, files }: Delivery): boolean =>
  code === null && instructions === null && files.length === 0;

/** The code of a ticket as a barcode and as text. It needs no connection once the page is there. */
export function TicketCode({ code, codeFormat }: { code: string; codeFormat: Delivery['codeFormat'] }) {
  const image = barcodeImage(code, codeFormat);
  return (
    <figure className={`ticket-code ticket-code-${codeFormat}`}>
      {/* A data URL, which Next's Image would only wrap. */}
      {image === undefined ? null : <img src={image} alt={`${FORMAT_NAMES[codeFormat]} of the code below`} />}
      <figcaption>
        <code>{code}</code>
      </figcaption>
    </figure>
  );
}

/** A link that downloads a file of a ticket. */
export async function FileLink({ ticketId, file }: { ticketId: string; file: DeliveryFile }) {
  return (
    <span>
      <a href={filePath(ticketId, file.id)} download={file.name} dir="auto">
        {file.name}
      </a>{' '}
      <span className="muted small">{sizeText(file.size, await visitorFormat())}</span>
    </span>
  );
}

const sizeText = (bytes: number, format: Format): string =>
  bytes >= 1_000_000
    ? `${formatNumber(bytes / 1_000_000, format)} MB`
    : `${formatNumber(Math.max(1, Math.round(bytes / 1000)), format)} kB`;
