import { everyPage } from '../roles.mjs';

export const title = 'every page that links lead an approver to is whole';

export const walk = everyPage('police', 's.patel', ['/approvals', '/matches']);
