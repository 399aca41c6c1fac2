import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead a hub manager to is whole';

export const walk = everyPage('hub', 'm.hughes', ['/queue', '/figures']);
