import { id, instant } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { UserSessions } from '../sessions.ts';

const schema = documentSchema<UserSessions>(
  z.object({
    sessions: z.array(
      z.object({
        id,
        createdAt: instant,
        usedAt: instant,
        endsAt: instant,
        network: z.string(),
        browser: z.string(),
      }),
    ),
    ended: z.array(z.object({ id, endsAt: instant })),
    idleFrom: instant.optional(),
  }),
  { republished: true },
);
// The sweep of idle sessions finds them with it.
schema.index({ idleFrom: 1 }, { sparse: true });

/** The model of the collection `sessions`, with one document for each user. */
export const userSessionsModel = (connection: Connection): Model<UserSessions> =>
  connection.model<UserSessions>('UserSessions', schema, 'sessions');
