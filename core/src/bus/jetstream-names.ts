/** An event's name as a subject: `ticket:created` is `ticket.created`, so that `ticket.>` matches all events of tickets. */
export const subjectOf = (event: string): string => event.replace(':', '.');

/** Where an event is sent directly, beside its stream. */
export const directOf = (event: string): string => `direct.${subjectOf(event)}`;

/** The stream of an event, which has all events of its noun. */
export const streamOf = (event: string): string => event.replace(/:.*/, '');

/** The durable consumer of a group for an event, in the stream of the event. */
export const consumerOf = (group: string, event: string): string => `${group}_${event.replace(/.*:/, '')}`;

/** Where answers and messages arrive at a user: at an inbox of its own, which no other user may read. */
export const inboxOf = (user: string): string => `_INBOX.${user.replace(/[^\w-]/g, '_')}`;
