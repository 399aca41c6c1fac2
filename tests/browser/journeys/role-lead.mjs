import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an information governance lead to is whole';

export const walk = everyPage('police', 'd.marsh', ['/policy']);
