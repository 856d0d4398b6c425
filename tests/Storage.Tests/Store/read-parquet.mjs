// Prints the rows of a Parquet file as JSON, one a line, read by a library that is not the one that wrote it: node read-parquet.mjs FILE
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const file = await asyncBufferFromFile(process.argv[2]);
const metadata = await parquetMetadataAsync(file);
const codecs = [...new Set(metadata.row_groups.flatMap((g) => g.columns.map((c) => c.meta_data.codec)))];
const footer = JSON.parse(metadata.key_value_metadata.find((m) => m.key === 'explorer').value);
console.log(JSON.stringify({ codecs, rows: Number(metadata.num_rows), events: footer.events }));
const plain = (_, value) =>
  typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
for (const row of await parquetReadObjects({ file, metadata, compressors, utf8: false })) console.log(JSON.stringify(row, plain));
