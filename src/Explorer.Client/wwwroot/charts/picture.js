import { token } from './surface.js';

const head = 28;
const scale = 2;

/** Draws plots with their titles one below the other, in the colours of the page, and offers the picture as a file. */
export async function savePictures(Plotly, pictures, name) {
  const parts = [];
  for (const { canvas, title } of pictures) {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const image = new Image();
    image.src = await Plotly.toImage(canvas, { format: 'png', width, height, scale });
    await image.decode();
    parts.push({ image, title, width, height });
  }
  if (parts.length === 0) return;
  const sheet = document.createElement('canvas');
  sheet.width = Math.max(...parts.map(p => p.width)) * scale;
  sheet.height = parts.reduce((sum, p) => sum + p.height + head, 0) * scale;
  const pen = sheet.getContext('2d');
  pen.fillStyle = token('--bg-1');
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.font = `${12 * scale}px ${token('--font-ui')}`;
  let y = 0;
  for (const { image, title, height } of parts) {
    pen.fillStyle = token('--fg-1');
    pen.fillText(title, 10 * scale, (y + 18) * scale);
    pen.drawImage(image, 0, (y + head) * scale);
    y += height + head;
  }
  const blob = await new Promise(done => sheet.toBlob(done, 'image/png'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
