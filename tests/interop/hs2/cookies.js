// hive-driver over HTTP goes on by a cookie when the password that it logged in with is right no more.
const assert = require('assert');
const { execFileSync } = require('child_process');
const hive = require('hive-driver');
const { TCLIService, TCLIService_types } = hive.thrift;

async function main(port, [program, ...words]) {
  const client = new hive.HiveClient(TCLIService, TCLIService_types);
  const utils = new hive.HiveUtils(TCLIService_types);
  client.on('error', (error) => { throw error; });
  const connection = await client.connect({ host: '127.0.0.1', port, options: { path: '/cliservice' } },
    new hive.connections.HttpConnection(), new hive.auth.PlainHttpAuthentication({ username: 'ann', password: 'ann-secret' }));
  const session = await connection.openSession({
    client_protocol: TCLIService_types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
  });
  execFileSync(program, words, { input: 'second\n' });
  const operation = await session.executeStatement('select current_user() as who', { runAsync: true });
  await utils.waitUntilReady(operation, false, () => {});
  await utils.fetchAll(operation);
  await operation.close();
  assert.deepStrictEqual(utils.getResult(operation).getValue(), [{ who: 'ann' }]);
  await session.close();
  connection.close();
  console.log('done');
}

main(Number(process.argv[2]), process.argv.slice(3)).catch((error) => { console.error(error); process.exit(1); });
