import { LinkGroups } from './link-groups.ts';
import type { Listing } from './list-tree.ts';

/** What has to be known of a listing before its first file is read: which files have several names, and the sums. */
export async function surveyListing(listing: Listing) {
  const links = new LinkGroups();
  let [bytesTotal, filesTotal] = [0, 0];
  for await (const entry of listing) {
    if (entry.type !== 'file' || !links.note(entry)) continue;
    bytesTotal += entry.sizeBytes;
    filesTotal++;
  }
  links.close();
  return { links, totals: { bytesTotal, filesTotal } };
}
