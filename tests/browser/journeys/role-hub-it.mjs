import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an IT administrator of the hub to is whole';

export const walk = everyPage('hub', 'k.doyle', ['/connections']);
