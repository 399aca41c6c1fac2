import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an IT administrator of an agency to is whole';

export const walk = everyPage('police', 'k.doyle', ['/connections', '/witnesses']);
