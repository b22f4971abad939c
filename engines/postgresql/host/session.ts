/** SQL sessions of this server. */
import { sqlSessions } from '../../kit/host/sql-sessions.ts';
import { connectionOf } from './connection.ts';

export const { inOwnSession, inSharedSession } = sqlSessions({ product: 'PostgreSQL', connectionOf });
