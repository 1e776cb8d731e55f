// hive-driver over a server's binary transport: rows, JSON of complex values, metadata, errors.
const assert = require('assert');
const hive = require('hive-driver');
const { TCLIService, TCLIService_types } = hive.thrift;

async function main(port) {
  const client = new hive.HiveClient(TCLIService, TCLIService_types);
  const utils = new hive.HiveUtils(TCLIService_types);
  client.on('error', (error) => { throw error; });
  const connection = await client.connect(
    { host: '127.0.0.1', port },
    new hive.connections.TcpConnection(),
    new hive.auth.PlainTcpAuthentication({ username: 'joe', password: 'x' }),
  );
  const session = await connection.openSession({
    client_protocol: TCLIService_types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
  });
  const finish = async (operation) => {
    await utils.waitUntilReady(operation, false, () => {});
    await utils.fetchAll(operation);
    await operation.close();
    return utils.getResult(operation).getValue();
  };
  const run = async (statement) => finish(await session.executeStatement(statement, { runAsync: true }));

  await run('create table n (id int, name string)');
  await run("insert into n values (1, 'a'), (2, null)");
  assert.deepStrictEqual(await run('select id, name from n order by id'), [{ id: 1, name: 'a' }, { id: 2, name: null }]);
  // Three fetches: its first one is FETCH_FIRST.
  const many = await run("select pos from (select posexplode(split(space(249), ' ')) as (pos, v)) t");
  assert.deepStrictEqual(many.map((row) => row.pos), Array.from({ length: 250 }, (_, i) => i));
  const [complex] = await run(
    `select array(1, null) a, map('k"', date '2024-01-02') m, named_struct('f', 's', 'g', array(true)) s, 12345678901 big`,
  );
  assert.deepStrictEqual(complex.a, [1, null]);
  assert.deepStrictEqual(complex.m, { 'k"': '2024-01-02' });
  assert.deepStrictEqual(complex.s, { f: 's', g: [true] });
  await assert.rejects(run('select * from nosuch'));
  const schemas = await finish(await session.getSchemas({}));
  assert.deepStrictEqual(schemas.map((row) => row.TABLE_SCHEM), ['default']);
  const tables = await finish(await session.getTables({}));
  assert.deepStrictEqual(tables.map((row) => row.TABLE_NAME), ['n']);
  const info = await session.getInfo(TCLIService_types.TGetInfoType.CLI_DBMS_NAME);
  assert.strictEqual(info.getValue(), 'Apache Hive');
  await session.close();
  connection.close();
  console.log('done');
}

main(Number(process.argv[2])).catch((error) => { console.error(error); process.exit(1); });
