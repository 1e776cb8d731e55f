// Right and wrong passwords of hive-driver over both transports, over TLS where there is a certificate.
const assert = require('assert');
const fs = require('fs');
const hive = require('hive-driver');
const { TCLIService, TCLIService_types } = hive.thrift;

async function ask(port, transport, login, options) {
  const client = new hive.HiveClient(TCLIService, TCLIService_types);
  const utils = new hive.HiveUtils(TCLIService_types);
  const failed = new Promise((_, reject) => client.on('error', reject));
  failed.catch(() => {});
  const asking = async () => {
    const connection = await client.connect({ host: 'localhost', port, options }, transport, login);
    const session = await connection.openSession({
      client_protocol: TCLIService_types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
    });
    const operation = await session.executeStatement('select current_user() as who', { runAsync: true });
    await utils.waitUntilReady(operation, false, () => {});
    await utils.fetchAll(operation);
    await operation.close();
    await session.close();
    connection.close();
    return utils.getResult(operation).getValue();
  };
  return Promise.race([asking(), failed]);
}

async function main(binary, http, certificate) {
  const tls = certificate !== '-';
  const ca = tls ? fs.readFileSync(certificate) : undefined;
  const overTcp = (password) => ask(binary, new hive.connections.TcpConnection(),
    new hive.auth.PlainTcpAuthentication({ username: 'ann', password }), tls ? { ssl: true, rejectUnauthorized: true, ca } : {});
  const overHttp = (password) => ask(http, new hive.connections.HttpConnection(),
    new hive.auth.PlainHttpAuthentication({ username: 'ann', password }),
    { path: '/cliservice', https: tls, ca, nodeOptions: tls ? { rejectUnauthorized: true } : {} });
  assert.deepStrictEqual(await overTcp('ann-secret'), [{ who: 'ann' }]);
  await assert.rejects(overTcp('wrong'), /Error validating the login/);
  assert.deepStrictEqual(await overHttp('ann-secret'), [{ who: 'ann' }]);
  await assert.rejects(overHttp('wrong'), (error) => { console.log(String(error)); return true; });
  console.log('done');
  process.exit(0);
}

main(Number(process.argv[2]), Number(process.argv[3]), process.argv[4])
  .catch((error) => { console.error(error); process.exit(1); });
