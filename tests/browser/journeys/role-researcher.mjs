import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead a hub researcher to is whole';

export const walk = everyPage('hub', 'j.okafor', ['/queue', '/referrals']);
