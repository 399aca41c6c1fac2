import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an auditor of the hub to is whole';

export const walk = everyPage('hub', 'a.reid', ['/log', '/subject-access', '/witnesses']);
