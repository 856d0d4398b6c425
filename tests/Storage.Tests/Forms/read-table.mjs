// Prints the columns of a Parquet file and its rows as JSON, one a line: node read-table.mjs FILE
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const file = await asyncBufferFromFile(process.argv[2]);
const metadata = await parquetMetadataAsync(file);
const columns = parquetSchema(metadata).children.map((c) => [c.element.name, c.element.type, c.element.logical_type?.type ?? null, c.element.logical_type?.unit ?? null]);
console.log(JSON.stringify({ batches: metadata.row_groups.length, rows: Number(metadata.num_rows), columns }));
const parsers = { timestampFromNanoseconds: (nanos) => String(nanos) };
const plain = (value) => (value === undefined ? null : typeof value === 'bigint' ? String(value) : value);
if (metadata.row_groups.length > 0)
  for (const row of await parquetReadObjects({ file, metadata, compressors, parsers })) console.log(JSON.stringify(columns.map(([name]) => plain(row[name]))));
