import { parseArgs } from 'node:util';
import { writeFirstDay, writeNextDay } from './oracle-files.ts';

// Writes a day of the database, and says how many bytes of the image copies changed.
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    seed: { type: 'string', default: '' },
    'size-mib': { type: 'string', default: '' },
    change: { type: 'string', default: '' },
    day: { type: 'string', default: '1' },
  },
});
const set = {
  folder: values.folder,
  seed: Number(values.seed),
  sizeMib: Number(values['size-mib']),
  change: Number(values.change),
};
const day = Number(values.day);
if (day === 1) writeFirstDay(set);
process.stdout.write(`${day === 1 ? 0 : writeNextDay(set, day)}\n`);
