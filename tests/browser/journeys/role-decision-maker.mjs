import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead a decision maker of the hub to is whole';

export const walk = everyPage('hub', 'r.singh', ['/queue', '/figures']);
