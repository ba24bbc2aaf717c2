// SPDX-License-Identifier: Apache-2.0
//
// A real OpenID provider (npm oidc-provider, certified) for the tests and the demo.
//
//   node provider.mjs [--port N]     prints one line of JSON when it listens: {"issuer": ...}
//
// Clients, all with the secret `secret-of-CLIENT`; the groups of each go into its tokens:
//   agent-coder     ai-agents              developer-dana  developers
//   approver-alice  dba                    auditor-otto    auditors
//   agent-outsider  (none)                 admin-ada       dba, cardea-admins
// Client credentials give JWT access tokens (RFC 9068) for the audience `cardea`. The device
// flow works too, also for the client `cardea-cli`, which has no secret (development interactions;
// any login name, groups as of the same client name).
//
// Under /test/ stand the levers that tests pull; none is part of OpenID Connect:
//   POST /test/sign {header, payload, key}   signs what it is told with the current key
//   POST /test/rotate                        a new key id; the old key leaves the JWKS
//   POST /test/outage {down: true}           everything answers 503 until told otherwise
//   GET  /test/keys                          public keys, as JWKS and PEM (for HMAC confusion)
import { createServer } from 'node:http';
import { generateKeyPairSync, createPublicKey, createHmac } from 'node:crypto';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import * as jose from 'jose';

const port = Number(process.argv[process.argv.indexOf('--port') + 1] || 0) || 0;
const groupsOf = {
  'agent-coder': ['ai-agents'],
  'agent-outsider': [],
  'developer-dana': ['developers'],
  'approver-alice': ['dba'],
  'approver-bob': ['dba'],
  'auditor-otto': ['auditors'],
  'admin-ada': ['dba', 'cardea-admins'],
};

const server = createServer();
server.listen(port, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

let generation = 0;
let keys;
let provider;
let down = false;

function newKeys() {
  generation += 1;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const ed = generateKeyPairSync('ed25519').privateKey;
  keys = [
    { ...rsa.export({ format: 'jwk' }), kid: `rsa-${generation}`, use: 'sig' },
    { ...ec.export({ format: 'jwk' }), kid: `ec-${generation}`, use: 'sig', alg: 'ES256' },
    { ...ed.export({ format: 'jwk' }), kid: `ed-${generation}`, use: 'sig' },
  ];
}

function newProvider() {
  provider = new Provider(issuer, {
    clients: Object.keys(groupsOf).map((name) => ({
      client_id: name,
      client_secret: `secret-of-${name}`,
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    })).concat({
      client_id: 'cardea-cli',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    }),
    jwks: { keys },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, groups: groupsOf[id] ?? [] }) }),
    claims: { openid: ['sub'], groups: ['groups'] },
    conformIdTokenClaims: false,
    extraTokenClaims: (_ctx, token) => ({ groups: groupsOf[token.accountId ?? token.clientId] ?? [] }),
    scopes: ['openid', 'offline_access', 'groups'],
    ttl: { ClientCredentials: 600, AccessToken: 600, IdToken: 600, DeviceCode: 600, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600 },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:cardea',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid groups offline_access',
          audience: 'cardea',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}

function sign({ header = {}, payload = {}, key = 'rsa' }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'cardea', sub: 'agent-coder', groups: ['ai-agents'], iat: now, exp: now + 300, ...payload };
  for (const name of Object.keys(claims)) if (claims[name] === null) delete claims[name];
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  if (key === 'none') return `${part({ alg: 'none', ...header })}.${part(claims)}.`;
  if (key === 'hmac') {
    // The classic confusion: the provider's public key, as PEM, used as an HMAC secret.
    const { d, p, q, dp, dq, qi, ...pub } = keys[0];
    const pem = createPublicKey({ key: pub, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const input = `${part({ alg: 'HS256', kid: keys[0].kid, ...header })}.${part(claims)}`;
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
  }
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const jwk = key === 'stranger'
    ? { ...stranger.export({ format: 'jwk' }), kid: keys[0].kid }
    : keys.find((k) => k.kid.startsWith(`${key}-`));
  const alg = header.alg ?? { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' }[jwk.kty];
  return jose.importJWK(jwk, alg).then((imported) => new jose.CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ kid: jwk.kid, ...header, alg })
    .sign(imported, { crit: Object.fromEntries((header.crit ?? []).map((name) => [name, true])) }));
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function lever(request, response) {
  const answer = (value) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  const input = await body(request);
  if (request.url === '/test/sign') return answer({ token: await sign(input) });
  if (request.url === '/test/outage') return answer({ down: (down = Boolean(input.down)) });
  if (request.url === '/test/keys') return answer({ kids: keys.map((k) => k.kid) });
  if (request.url === '/test/rotate') {
    newKeys();
    newProvider();
    return answer({ kids: keys.map((k) => k.kid) });
  }
  response.statusCode = 404;
  return response.end();
}

newKeys();
newProvider();
server.on('request', (request, response) => {
  if (request.url.startsWith('/test/')) {
    lever(request, response).catch((error) => {
      response.statusCode = 400;
      response.end(String(error));
    });
  } else if (down) {
    response.statusCode = 503;
    response.end('the provider is down\n');
  } else {
    provider.callback()(request, response);
  }
});
console.log(JSON.stringify({ issuer }));
