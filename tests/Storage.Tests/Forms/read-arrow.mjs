// Prints the columns of an Arrow IPC stream and its rows as JSON, one a line, read by Arrow's own library: node read-arrow.mjs FILE
import { readFileSync } from 'node:fs';
import { RecordBatchReader, Table } from 'apache-arrow';

const reader = RecordBatchReader.from(readFileSync(process.argv[2]));
const batches = [...reader];
const table = new Table(reader.schema, batches);
console.log(JSON.stringify({ batches: batches.length, rows: table.numRows, columns: table.schema.fields.map((f) => [f.name, String(f.type), f.nullable]) }));
const bits = (value) => new DataView(new Float64Array([value]).buffer).getBigUint64(0, true).toString(16);
for (const batch of batches) {
  for (let row = 0; row < batch.numRows; row++) {
    // Times as the numbers they are stored as: a JS number holds no nanoseconds.
    const cell = (field, i) => {
      const column = batch.getChildAt(i);
      if (!column.isValid(row)) return null;
      if (String(field.type).startsWith('Timestamp')) return String(column.data[0].values[row] ?? column.data[0].values.subarray(2 * row, 2 * row + 2));
      const value = column.get(row);
      return typeof value === 'bigint' ? String(value) : typeof value === 'number' && !Number.isFinite(value) ? bits(value) : value;
    };
    console.log(JSON.stringify(batch.schema.fields.map(cell)));
  }
}
