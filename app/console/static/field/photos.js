// A photo as it is kept and sent: small enough for a weak network, with the SHA-256 of what the camera gave.

const LONGEST_PX = 1600;
const QUALITY = 0.8;

async function sha256(file) {
  // Only an encrypted connection (or this machine) has it.
  if (!crypto.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const drawing = canvas.getContext("2d");
  // A transparent picture would become black.
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

// Ready to be kept. A picture that this browser cannot read (HEIC) is kept as it came.
export async function prepared(file, owner, seq) {
  const digest = await sha256(file);
  const small = await smaller(file).catch(() => null);
  if (small === null && !/^image\/hei[cf]$/.test(file.type)) return null;
  const stem = file.name.replace(/\.[^.]*$/, "") || "photo";
  return {
    id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    owner,
    seq,
    blob: small ?? file,
    name: small ? `${stem}.jpg` : file.name,
    sha256: digest,
    evidence: null,
  };
}
