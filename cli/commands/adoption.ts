/** controller adopt: a store that is older than the fleet learns what it missed. */
import type { AdoptionDocument } from '../../common/documents/administration.ts';
import { documentOf } from '../documents.ts';
import { adoptionLines } from '../render/adoption.ts';
import { print, type Session, withController } from '../session.ts';

export async function adoptFleet(session: Session, { reason }: { readonly reason: string }): Promise<void> {
  const { adoption } = await withController(session, (link) => link.ask('AdoptFleet', { reason }));
  await print(session, documentOf<AdoptionDocument>(adoption, 'the adoption'), adoptionLines);
}
