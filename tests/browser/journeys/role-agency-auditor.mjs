import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an auditor of an agency to is whole';

export const walk = everyPage('police', 'a.reid', ['/log', '/subject-access', '/policy']);
