// npm runs this at the end of an install that somebody made by hand, so that no command installs all of it again.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { noteInstall } from './install-marker.mjs';

// An install without the development dependencies lacks the Node that everything runs on.
if (existsSync(fileURLToPath(new URL('../node_modules/node', import.meta.url)))) noteInstall();
