import { Person } from '../lib.mjs';

export const title = 'a page of somebody else says so, and a page without our script works';

export async function walk({ browser, gateways }) {
  const it = await Person.withCertificate(browser, gateways.police, 'k.doyle');
  await it.open('/approvals', { status: 403 });
  await it.sees('You may not open this page');
  await it.open('/log', { status: 403 });
  await it.close();
  const researcher = await Person.withCertificate(browser, gateways.hub, 'j.okafor');
  await researcher.page.route('**/*.js', (route) => route.fulfill({ body: '', contentType: 'text/javascript' }));
  await researcher.open(`/cases/${gateways.case}`);
  await researcher.seesNot('Pause updates');
  await researcher.close();
}
