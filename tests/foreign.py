"""Somebody else's decision tree: other labels, other properties, options as nodes of their own."""

from typing import Any

from tools.formats.foreign.property_graph import GraphNode, GraphRelationship, PropertyGraph

CREATE = """\
CREATE (dolor:Tema {nombre: 'Dolor', descripcion: 'Le duele al dar el pecho, al agarrar.'}),
       (p1:Pregunta {codigo: 'P-1', enunciado: '¿Cuándo te duele?',
                     ayuda: 'Piensa en la última toma de hoy.'}),
       (p2:Pregunta {codigo: 'P-2', enunciado: '¿Tienes fiebre?'}),
       (o1:Opcion {etiqueta: 'Al agarrar', orden: 2,
                   frases: ['al engancharse', 'solo al principio']}),
       (o2:Opcion {etiqueta: 'Siempre', orden: 1}),
       (o3:Opcion {etiqueta: 'Sí'}), (o4:Opcion {etiqueta: 'No'}),
       (c1:Consejo {codigo: 'C-1', titulo: 'Mejora el agarre', gravedad: 'baja',
                    contenido: 'Barriga con barriga, y espera a que abra mucho la boca.'}),
       (c2:Consejo {codigo: 'C-2', titulo: 'Que te vean hoy', gravedad: 'alta',
                    contenido: 'Pide que te vean hoy en tu centro de salud, sin esperar más.'}),
       (f:Fuente {titulo: 'Guía', url: 'https://example.org/guia', anyo: 2021,
                  organismo: 'Asociación'}),
       (:Usuaria {correo: 'una@example.org'}),
       (dolor)-[:EMPIEZA_EN]->(p1),
       (p1)-[:TIENE]->(o1)-[:LLEVA_A]->(c1), (p1)-[:TIENE]->(o2)-[:LLEVA_A]->(p2),
       (p2)-[:TIENE]->(o3)-[:LLEVA_A]->(c2), (p2)-[:TIENE]->(o4)-[:LLEVA_A]->(c1),
       (c1)-[:CITA]->(f), (c2)-[:CITA]->(f)
"""
"""Fills a Neo4j database."""

MAPPING = """\
tree: {id: importado, title: Árbol importado, language: es, licence: unknown}
questions: [{label: Pregunta, text: enunciado, id: codigo, help: ayuda}]
answers:
  - label: Consejo
    text: contenido
    id: codigo
    title: titulo
    urgency: {property: gravedad, values: {baja: none, alta: same_day}}
options:
  - relationships: [TIENE]
    node: Opcion
    onward: [LLEVA_A]
    text: etiqueta
    position: orden
    examples: frases
topics: {label: Tema, starts: [EMPIEZA_EN], title: nombre, summary: descripcion}
sources:
  label: Fuente
  cited_by: [CITA]
  title: titulo
  url: url
  year: anyo
  organisation: organismo
ignore: [Usuaria]
"""
"""What its labels mean."""


def graph_of(*items: str | tuple[str, str, str], **properties: dict[str, Any]) -> PropertyGraph:
    """A graph from "name:Label" and (start, TYPE, end).

    `properties` go by the node's name, or by start_TYPE_end; a node's text is its name otherwise.
    """
    nodes = [item.split(":") for item in items if isinstance(item, str)]
    steps = [item for item in items if isinstance(item, tuple)]
    return PropertyGraph(
        [
            GraphNode(name, frozenset(labels), properties.get(name, {"text": name}))
            for name, *labels in nodes
        ],
        [
            GraphRelationship(type_, start, end, properties.get(f"{start}_{type_}_{end}", {}))
            for start, type_, end in steps
        ],
    )
