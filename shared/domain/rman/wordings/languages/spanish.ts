import type { Language } from './language.ts';

export const spanish: Language = {
  name: 'Spanish',
  encodings: ['windows-1252', 'cp850'],
  channelStart: ['canal {channel}: '],
  wordings: {
    // 21c has a blank before the colon here.
    runStarted: ['Recovery Manager : Release {version} {…}'],
    runCompleted: ['Recovery Manager terminado.', 'Recovery Manager finalizado.'],
    targetConnected: [
      'conectado a la base de datos de destino: {name} (DBID={dbid}{…}',
      'conectado a la base de datos destino: {name} (DBID={dbid}{…}',
    ],
    channelAllocated: ['canal asignado: {channel}'],
    channelSession: [
      '{ch}SID={sid} tipo de dispositivo={device}',
      '{ch}SID={sid} instancia={instance} tipo de dispositivo={device}',
    ],
    channelReleased: ['canal liberado: {channel}'],
    commandStarted: ['Empezando {command} a las {date}'],
    commandFinished: ['Se ha finalizado {command} a las {date}'],

    pieceStarted: ['{ch}iniciando parte {piece} en {date}'],
    pieceFinished: ['{ch}finalizando parte {piece} en {date}'],
    fullSet: ['{ch}iniciando juego de copias de seguridad de archivo de datos completo'],
    inputsFollow: ['{ch}especificando archivo(s) de datos en el juego de copias de seguridad'],
    inputDatafile: ['número de archivo de datos de entrada={file} nombre={name}'],
    pieceHandle: [
      'manejador de parte={handle} etiqueta={tag} comentario={comment}',
      'manejador de parte={handle} comentario={comment}',
      'manejador de parte={handle} etiqueta={tag}',
    ],
    setCompleted: ['{ch}juego de copias de seguridad terminado, tiempo transcurrido: {elapsed}'],
    remark: [
      'usando el canal {…}',
      'se utiliza el archivo de control de la base de datos destino en lugar del catálogo de recuperación',
    ],
  },
  words: {
    setAnnounced: ['iniciando juego de copias'],
    incremental: ['incremental'],
    archivedLog: ['archive log', 'archivelog', 'archivado'],
    compressed: ['comprimid'],
    copyAnnounced: ['iniciando copia de archivo de datos', 'iniciando copia del archivo de datos'],
    controlFile: ['archivo de control'],
    standby: ['en espera', 'standby'],
    deleted: ['suprimi', 'borrad', 'borrando', 'eliminad', 'eliminando'],
  },
};
