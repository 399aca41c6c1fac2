// A real OpenID Connect provider (npm `oidc-provider`) for the tests of signing in. It believes whoever
// asks: the address of the interaction says who signs in and by which proofs. A browser that comes without
// saying so is shown a form.
//
//   node provider.mjs '{"port":…,"chain":…,"key":…,"client":…,"secret":…,"redirect":…}'
//
// Says "ready" on the standard output, and ends with its standard input.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import Provider from 'oidc-provider';

const { port, chain, key, client, secret, redirect } = JSON.parse(process.argv[2]);

const provider = new Provider(`https://localhost:${port}`, {
  clients: [{
    client_id: client,
    client_secret: secret,
    redirect_uris: [redirect],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time', 'tid', 'oid'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['of a test'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, tid: 'tenant-1', oid: `object-of-${id}` }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});

const FORM = `<!DOCTYPE html><html lang="en"><title>Provider</title><h1>Who are you?</h1>
<form><label>Account <input name="as"></label><button>Sign in there</button></form></html>`;

const answer = provider.callback();
const server = createSecureServer(
  { allowHTTP1: true, cert: readFileSync(chain), key: readFileSync(key) },
  async (request, response) => {
    const url = new URL(request.url, `https://localhost:${port}`);
    if (!url.pathname.startsWith('/interaction/')) return answer(request, response);
    if (!url.search && request.headers.accept?.includes('text/html')) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(FORM);
    }
    const as = url.searchParams.get('as');
    const result = as
      ? { login: { accountId: as, amr: url.searchParams.getAll('amr'), acr: url.searchParams.get('acr') ?? undefined } }
      : { error: 'access_denied', error_description: 'nobody signed in' };
    try {
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  },
);
server.listen(port, '127.0.0.1', () => console.log('ready'));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
