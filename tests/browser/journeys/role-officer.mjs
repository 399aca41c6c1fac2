import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an information governance officer to is whole';

export const walk = everyPage('police', 't.byrne', ['/policy']);
