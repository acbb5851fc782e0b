// A signed call of the bus with the npm package http-message-signatures, and the check of its signed answer. Takes the same
// environment and arguments as curl_caller.sh, says the same, and ends in the same way.

import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as send } from 'node:https'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'

const of = (name, otherwise) => {
  const value = process.env[name] ?? otherwise
  if (value === undefined) fail(`${name} is not set`)
  return value
}

function fail(why) {
  console.error(`call-the-bus: ${why}`)
  process.exit(2)
}

const digest = (body) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
const algorithm = (key) => (key.asymmetricKeyType === 'ec' ? 'ecdsa-p256-sha256' : 'ed25519')
const text = (value) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** The components that every answer covers; besides them content-type and every lgsp header that it has. */
const OF_ANSWER = ['"@status"', '"content-digest"', '"lgsp-id"', '"lgsp-decision"', '"lgsp-record"']
const OF_REQUEST = ['"@method";req', '"@path";req', '"content-digest";req', '"signature";req;key="lgsp"']

const body = process.argv[2] ? readFileSync(process.argv[2]) : Buffer.alloc(0)
const service = of('SERVICE')
const query = of('QUERY', '')
const url = new URL(`${of('GATEWAY').replace(/\/$/, '')}/r1/${service}${of('BELOW', '')}${query && `?${query}`}`)
const headers = {
  ...(body.length > 0 && { 'content-type': 'application/json', 'content-length': String(body.length) }),
  'content-digest': digest(body),
  'lgsp-client': text(of('CLIENT')),
  'lgsp-service': text(service),
  'lgsp-id': text(randomUUID()),
  'lgsp-purpose': text(of('PURPOSE')),
  'lgsp-legal-basis': text(of('LEGAL_BASIS')),
  'lgsp-actor': of('ACTOR', '?0'),
  ...(process.env.PROCEDURE && { 'lgsp-procedure': text(process.env.PROCEDURE) }),
}

const created = new Date()
const ours = createPrivateKey(readFileSync(of('SIGNING_KEY', of('KEY'))))
const key = createSigner(ours, algorithm(ours), of('KEY_ID'))
const request = await httpbis.signMessage(
  {
    key,
    name: 'lgsp',
    fields: [
      '@method',
      '@authority',
      '@path',
      '@query',
      ...Object.keys(headers).filter((name) => name !== 'content-length'),
    ],
    params: ['created', 'expires', 'nonce', 'keyid', 'tag'],
    paramValues: {
      created,
      expires: new Date(created.getTime() + 60_000),
      nonce: randomBytes(16).toString('base64'),
      tag: 'lgsp-v1',
    },
  },
  { method: of('METHOD', body.length > 0 ? 'POST' : 'GET'), url, headers },
)

const answer = await call(request).catch((error) => fail(`the bus cannot be reached: ${error.code ?? error.message}`))
await believe(answer).catch((error) => fail(error.message))

console.error(`status:   ${answer.status}`)
console.error(`record:   ${answer.headers['lgsp-record']}`)
console.error(`decision: ${answer.headers['lgsp-decision']}`)
process.stdout.write(answer.body)
if (answer.headers['lgsp-error']) {
  console.error(`refused:  ${answer.headers['lgsp-error']}`)
  process.exitCode = 1
}

function call({ method, headers }) {
  const tls = { ca: readFileSync(of('CA')), cert: readFileSync(of('CERT')), key: readFileSync(of('KEY')) }
  return new Promise((resolve, reject) => {
    const sent = send(url, { ...tls, method, headers, timeout: 70_000 }, (response) => {
      const pieces = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const repeated = Object.entries(response.headersDistinct).find(([, values]) => values.length > 1)
        if (repeated) reject(new Error(`${repeated[0]} is repeated`))
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) })
      })
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.end(body)
  })
}

/** Whether the answer is that of the bus, and to this very call. */
async function believe({ status, headers, body }) {
  const [, list] = /^gw=\(([^)]*)\);/.exec(headers['signature-input'] ?? '') ?? []
  if (!list) throw new Error('the answer is not signed by the bus')
  const said = Object.keys(headers).filter((name) => name === 'content-type' || name.startsWith('lgsp-'))
  const wanted = new Set([...OF_ANSWER, ...said.map((name) => `"${name}"`), ...OF_REQUEST])
  const covered = list.split(' ')
  if (covered.length !== wanted.size || !covered.every((component) => wanted.has(component)))
    throw new Error(`the answer covers ${list}`)
  const theirs = createPublicKey(readFileSync(of('GATEWAY_KEY')))
  const trusted = { algs: [algorithm(theirs)], verify: createVerifier(theirs, algorithm(theirs)) }
  const holds = await httpbis.verifyMessage(
    {
      keyLookup: async ({ tag }) => (tag === 'lgsp-v1' ? trusted : null),
      requiredParams: ['created', 'nonce', 'keyid', 'tag'],
      maxAge: 90,
      tolerance: 30,
    },
    { status, headers },
    request,
  )
  if (holds !== true) throw new Error("the answer's signature does not hold")
  if (headers['content-digest'] !== digest(body)) throw new Error("the answer's body is not the one that was signed")
  if (headers['lgsp-id'] !== request.headers['lgsp-id']) throw new Error('the answer is to another call')
}
