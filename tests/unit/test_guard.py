"""The red-flag guard on mothers' own words: what must be caught, what must not, what it asks."""

import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.danger.guard import Guard, Screening, phones
from agent.danger.redflags import Catalogue, read_catalogue
from tools.errors import TreeError

CATALOGUE = read_catalogue()
GUARD = Guard(CATALOGUE)
TODAY = date(2026, 11, 28)

# Sign, then messages that must raise it at the sign's own level.
DANGERS = """
mother-suicide
  no quiero seguir viviendo
  pienso que estarían mejor sin mí
  ojalá no me despertara mañana
  no puedo más, quiero desaparecer
  tengo ganas de morirme desde que nació
  kiero morirme ya no aguanto
  me quiero matar
  he pensado en tomarme todas las pastillas
  a veces pienso en tirarme por el balcón
  mi mujer dice que no quiere vivir, parió hace un mes. dice que quiere morirse
  vull morir-me, no puc més
  quero morrer
  i want to kill myself
  quisiera dormirme y no despertar nunca mas
  el bebe estaria mejor sin mi
  no le veo sentido a la vida, no vale la pena vivir
mother-harm-baby
  tengo ganas de tirarlo contra la pared cuando llora
  anoche lo sacudí porque no paraba de llorar
  quiero hacerle daño a mi hijo
mother-psychosis
  escucho voces que me dicen que el niño es malo
  oigo voces
  este no es mi bebé, me lo cambiaron
  creo que mi suegra me persigue y me vigilan por el móvil
  llevo cuatro días sin dormir y tengo una energía increíble
mother-intrusive-thoughts
  me vienen pensamientos horribles con el bebé y me asustan
  tengo miedo de hacerle daño sin querer
  me imagino tirándolo, imaginé que lo tiraba por la ventana
mother-violence-danger
  mi marido me pegó con el bebé en brazos
  mi pareja me ha amenazado con un cuchillo
  me intentó ahorcar anoche
mother-violence
  le tengo miedo a mi pareja
  mi esposo me insulta y me controla todo
mother-haemorrhage
  estoy empapando una compresa cada media hora
  me salen coágulos grandes como una pelota
  sangro muchísimo y parí hace 5 días
  mojo una toalla tras otra
  no para de sangrar, parí hace una semana
  sagno molt des de fa una hora
  estoy sangrando mucho después del parto
mother-preeclampsia
  me duele mucho la cabeza y veo lucecitas
  tengo la presión alta 160/110 y me duele la cabeza
  dolor de cabeza horrible y veo borroso, di a luz hace 6 días
mother-chest
  no puedo respirar y me duele el pecho al respirar
  me falta el aire desde esta mañana
  estoy tosiendo sangre
mother-leg-clot
  tengo la pantorrilla hinchada y caliente
  se me ha hinchado una pierna y la tengo roja
mother-sepsis
  tengo fiebre de 39 y estoy como confusa, no sé dónde estoy
  fiebre y los loquios me huelen fatal
  tengo mastitis con 39,5 y el corazón a mil
mother-very-ill-infection
  la piel del pecho se me está poniendo negra
mother-anaphylaxis
  se me están hinchando los labios y la lengua después de la pastilla
  me tomé el antibiótico y se me cierra la garganta
mother-fever-breast
  tengo 38,5 y el pecho rojo y caliente
  tngo fievre y la teta dura como piedra
  mastitis con fiebre de 39
  tengo calentura y me duele la chichi
mother-fever-postpartum
  parí hace 10 días y tengo fiebre
  tengo fiebre y mi bebe tiene 3 semanas
mother-breast-lump
  tengo un bulto en el pecho que no duele y no se mueve
  me noto una bolita en la axila
mother-bloody-discharge
  me sale sangre por el pezon sin tener nada, mi bebé tiene 4 meses
baby-apnoea
  mi bebé no respira
  no respira mi guagua
  se quedó sin respirar unos segundos
  ayer dejó de respirar un momento y luego se puso bien
  my baby is not breathing
  o meu bebé non respira
  o bebê parou de respirar
baby-blue
  tiene los labios morados
  se me puso azul hace un rato
  el bebe esta morado
  my baby turned blue
  té els llavis blaus
  mi guagüita se puso moradita de la boca
baby-breathing
  le cuesta mucho respirar
  no respira bn
  se le hunden las costillas cuando respira
  respira muy rápido y se queja
  respira como un perrito
baby-fit
  le dio una convulsión
  ha convulsionado esta mañana, ya está dormido
  se le voltearon los ojos y se puso tieso
  tembló todo y se puso duro
  le ha dado una combulsion
  my newborn had a seizure
baby-unwakeable
  no consigo despertarlo para comer
  no despierta ni cambiándole el pañal
  mi guagua no despierta para comer desde que tomo la pastilla
  no reacciona
  está inconsciente
  no hay manera de despertarla
baby-limp
  está como un trapo
  se quedó flojito y blanco
  mi bebé está muy flojo, como muñeco de trapo
baby-fever-under-3-months
  mi bebé de 2 meses tiene fiebre
  mi recién nacido tiene 38,2
  tiene 20 días y está con 38 y medio
  está afiebrado y solo tiene un mes
  bb de 3 semanas con calentura
  my newborn has a fever
  el nounat té febre
  o recem-nascido tem febre
  mi bebe de 15 dias tiene 39º
  tiene 6 semanas y treinta y ocho y medio de fiebre
  mi bebé de 1 mes tiene 101 F
  le tomé la temperatura y dio 38.4, tiene dos meses
baby-fever-3-to-6-months
  mi bebé de 5 meses tiene 39,4
baby-fever-5-days
  lleva 6 días con fiebre, mi hijo de 2 años
baby-meningitis
  le salieron manchitas moradas que no se quitan al apretar
  tiene la mollera abombada
  tiene fiebre y el cuello rígido
baby-cold
  mi bebé tiene 35,4 de temperatura
  está frío y no despierta, le noto muy dormido
baby-jaundice
  está amarillo y muy dormido
  tiene 4 días, está amarillito y no quiere comer
baby-jaundice-first-day
  nació ayer y ya está amarillo
baby-pale-stools
  hace la caca blanca
baby-green-vomit
  ha vomitado verde
  vomita bilis
baby-blood-vomit
  ha vomitado sangre
baby-projectile-vomit
  mi bebe de 5 semanas vomita a chorro en todas las tomas
baby-blood-stool-danger
  ha hecho caca con mucha sangre
  caca como jalea de grosella
baby-blood-stool
  hay sangre en el pañal, en la caca
  caca con hilitos de sangre
baby-dehydration
  no moja pañales desde ayer
  tiene la mollera hundida
  lleva todo el día sin hacer pis
baby-few-wet-nappies
  lleva 7 horas sin mojar el pañal
baby-not-feeding
  mi bebé de 5 días no ha comido nada en todo el día
baby-weight-loss
  ha perdido un 12% del peso
  nació con 3200 y ahora pesa 2800
baby-choking
  se está ahogando
  se atragantó y no le sale aire
baby-anaphylaxis
  le di huevo y se le hincharon los labios
  se llenó de ronchas y vomitó
baby-injury-danger
  se golpeó la cabeza y está vomitando
  se me cayó de los brazos
baby-button-battery
  creo que se tragó una pila
baby-poisoning
  se tomó unas pastillas
  bebió cloro, se ha bebido un poco de lejía
  le di paracetamol dos veces sin querer
baby-bleeding
  el ombligo no para de sangrar
mother-stroke
  se me ha torcido la boca y no me salen las palabras
  de repente se me durmió media cara
  no puedo mover el brazo derecho desde hace un rato
mother-fit
  mi mujer ha convulsionado, parió hace tres días
  me dio una convulsión esta mañana, di a luz el lunes
mother-epidural-headache
  desde la epidural me duele la cabeza al sentarme
  tengo una jaqueca horrible desde que me pusieron la raquídea
mother-belly-pain
  tengo un dolor horrible en la barriga que no se quita, parí hace 9 días
  me duele el vientre que me doblo
mother-wound
  la cicatriz de la cesárea me supura pus
  se me ha abierto la episiotomía y huele mal
mother-urinary-retention
  no puedo orinar desde que me quitaron la sonda
  tengo la vejiga llena y no me sale nada de pis
mother-urine-infection
  me arde mucho al orinar desde el parto
  me escuece al hacer pis y voy a cada rato
mother-vomiting
  llevo todo el día vomitando y no retengo nada
  todo lo que bebo lo vomito
mother-breast-abscess
  creo que se me ha hecho un absceso en la teta
  tengo un bulto en el pecho que parece tener agua dentro
mother-breast-skin
  se me ha puesto la piel de naranja en un pecho
  ahora se me ha metido el pezón hacia adentro, antes no
mother-nipple-sore
  tengo una costra en un solo pezón que no se cura desde hace dos meses
  una llaga que no cierra hace semanas en la areola izquierda
mother-breast-blisters
  me han salido ampollas en la areola que arden
  creo que tengo herpes en el pezón
mother-worse-on-antibiotics
  llevo tres días de antibiótico por la mastitis y estoy peor
  la mastitis empeora aunque tomo amoxicilina
mother-overdose
  me tomé una caja entera de pastillas
  me he tomado demasiadas pastillas para dormir
mother-drunk
  estoy borracha y el bebé está llorando
  he bebido vino y el bebé duerme conmigo en la cama
mother-pregnant-danger
  estoy embarazada de 20 semanas, doy teta al mayor y estoy sangrando
  embarazada de siete meses y con contracciones seguidas
mother-domperidone
  tomo domperidona para la leche y tengo palpitaciones
  me he desmayado, llevo una semana con domperidona
mother-dengue
  tengo dengue y me duele mucho la barriga
  me diagnosticaron dengue y estoy vomitando sin parar
mother-cannot-cope
  no me levanto de la cama de la tristeza
  lloro todo el día y no puedo levantarme de la cama
baby-umbilicus
  el ombligo le huele fatal y está rojo
  le sale pus del ombligo
baby-low-sugar
  tenía la glucosa baja y ahora está muy dormido y tiembla
  tiembla mucho, ¿será el azúcar bajo?
baby-botulism
  le dieron miel y está flojito
  está estreñido hace días y llora muy flojito
baby-stridor
  tiene estridor en reposo
  tiene tos de perro y hace ruido al respirar
baby-half-feeds
  come menos de la mitad desde que está resfriado
  con tantos mocos toma la mitad
baby-gastroenteritis
  tiene vómitos y diarrea desde ayer
  lleva una semana con diarrea
baby-food-reaction
  le salieron ronchas después de comer huevo
  probó el cacahuete y está con urticaria
baby-strange-cry
  tiene un quejido continuo
  el llanto es muy débil y no quiere mamar
baby-burn
  se quemó con el café
  le cayó agua hirviendo en la pierna
baby-electric
  metió los dedos en el enchufe y le dio la corriente
  mordió un cable y se llevó una descarga eléctrica
baby-drowning
  se hundió en la bañera unos segundos
  se cayó a la piscina y tragó agua
baby-bite
  el perro mordió a la niña en la mano
  le ha mordido un gato en la pierna
baby-swallowed-object
  se ha tragado una moneda
  creo que se tragó un tornillo
baby-hernia
  tiene un bulto en la ingle duro y no para de llorar
  tiene un testículo rojo y muy duro
baby-hurt-by-someone
  la niñera lo zarandeó porque lloraba
  su padre sacudió al bebé
baby-bruise
  tiene un moretón y no sé de qué es
  le han salido moratones sin ningún golpe
baby-limb
  no mueve el bracito izquierdo
  mi niño cojea desde ayer y no apoya el pie
baby-opioid
  tomo tramadol y mi bebé está muy dormido
  desde que tomo codeína la noto más adormilada
baby-alcohol-drugs
  se comió una gomita de marihuana
  el niño se bebió un vaso de cerveza
baby-jaundice-2-weeks
  tiene 3 semanas y sigue amarillito
  ya cumplió 18 días y todavía está amarillo
baby-choking-after
  desde que se atragantó no para de toser
  se atragantó ayer con una uva y sigue con tos y ronco
baby-loses-skills
  ha dejado de sonreír y de mirarme
  ya no sostiene la cabeza como antes
baby-heat
  creo que el bebé tiene un golpe de calor
  olvidé al niño en el coche al sol
baby-hair-tourniquet
  tiene un pelo enrollado en el dedito del pie
  se le enredó un hilo en el dedo y está morado
baby-blisters
  mi recién nacido tiene ampollas en la piel
  mi madre tiene un herpes y le dio un beso a mi recién nacido
baby-spasms
  al despertarse hace sacudidas seguidas
  creo que tiene espasmos infantiles
baby-heart
  suda mucho cuando mama y se cansa
  se cansa al tomar pecho y suda la cabeza
baby-no-meconium
  tiene 3 días y no ha echado el meconio
  nació hace 2 días y aún no hizo caca desde que nació
baby-eye
  tiene 10 días y le sale pus del ojo
  mi recién nacida tiene el párpado hinchado
baby-dark-urine
  tiene 3 semanas y el pipí es muy oscuro
  mi bebé de un mes hace la orina marrón
"""

CHECKS = """
mother-suicide | soy una carga para todos
mother-suicide | pienso mucho en la muerte
mother-suicide | hace dos meses pensé en suicidarme
mother-chest | me he desmayado en la ducha
mother-preeclampsia | me estalla la cabeza
mother-haemorrhage | me ha vuelto el sangrado
mother-leg-clot | me duele la pantorrilla
mother-breast-lump | me noto un bulto en la teta
mother-bloody-discharge | me sale leche con sangre
mother-very-ill-infection | los loquios me huelen mal y feo
baby-blue | se pone morado cuando llora
baby-breathing | hace un ruido raro, respira raro
baby-breathing | con los mocos no respira bien por la nariz
baby-fit | se queda con la mirada perdida
baby-unwakeable | me cuesta despertarlo
baby-unwakeable | está muy dormilón hoy
baby-fall | se cayó de la cama
baby-feels-hot | la niña está muy calentita
baby-fever-under-3-months | mi bebé tiene fiebre
baby-fever-under-3-months | qué hago si tiene fiebre
baby-fever-under-3-months | no sé si tiene fiebre
baby-fever-under-3-months | está con 38 y medio
baby-fever-3-to-6-months | mi bebé de 4 meses tiene fiebre
baby-jaundice-first-day | mi bebé está amarillito
baby-not-feeding | no quiere comer nada
baby-choking | se ahogó con la leche
mother-harm-baby | siento que voy a perder el control
mother-sedated | tomo tramadol y estoy medio drogada todo el día
mother-sedated | me caigo de sueño con el lorazepam
mother-overdose | me tomé doble dosis de paracetamol
mother-belly-pain | me duele mucho la barriga
mother-cannot-cope | no soy capaz de cuidar de ella
baby-botulism | mi suegra le puso miel en el chupete
baby-stridor | tiene tos de foca
baby-stridor | hace un pito al coger aire
baby-strange-cry | hoy llora distinto
baby-hernia | le ha salido un bultito en la ingle
baby-hernia | tiene un huevito hinchado
baby-burn | tiene una quemadura en el brazo, mi bebé
baby-eye | tiene legañas con pus en el ojo
baby-dark-urine | hace el pipí oscuro
baby-no-meconium | todavía no echa el meconio
baby-blisters | le salieron ampollas al bebé
"""

HARMLESS = """
me muero de sueño
muero de amor por mi bebé
me mata el dolor de espalda
llora que se mata
no tiene fiebre
mi bebé de 1 mes está sin fiebre y come bien
nunca he pensado en morir
no he pensado en hacerme daño
tuvo fiebre, ya lo vio el pediatra y está bien
la hija de mi vecina tiene fiebre y es recién nacida
el bebé de mi hermana convulsionó la semana pasada
¿qué hago si tuviera fiebre?
¿cuándo es peligrosa la fiebre en un bebé de 2 meses?
¿a partir de cuánto es fiebre en un recién nacido?
tiene los ojos azules
el pezón se me pone morado después de la toma
me sangra mucho el pezón por la grieta
me duele el pecho cuando mama
tengo el pecho duro y caliente, sin fiebre
mi bebé tiene 37,2
le puse el termómetro y da 38, no, perdón, 37,7, tiene seis semanas
mi hijo de 2 años tiene fiebre de 38
tiene 8 meses y 38,5 de fiebre
moja muchos pañales
no duerme nada por la noche
no se despierta por la noche, duerme seis horas seguidas
hace caca verde
tiene grumos blancos en la caca
la caca es amarilla
está muy tranquilo y mama bien
no quiero seguir dando pecho
quiero acabar con la lactancia mixta
no puedo más con las grietas
tengo 38 años y soy primeriza
nació de 38 semanas
nació en la semana 39 y pesó 3,5 kg
pesa 4 kilos y tiene 2 meses
el bebé está mejor sin mi leche
me tomé un paracetamol, ¿puedo dar pecho?
¿puedo tomar alcohol dando pecho?
se atraganta con el chorro cuando mama
regurgita mucho después de las tomas
vomita un poco de leche después de comer
me siento una mala madre
lloro por todo y no sé por qué
estoy agotada, no rindo
tengo un bulto que duele en el pecho, creo que es un conducto obstruido
tiene la piel muy suave
mi bebé sonríe mucho
¿cuánta leche le doy a los 4 meses?
se cayó el cordón del ombligo hoy
calenté la leche a 37 grados
aquí hace 38 grados de calor, ¿le doy agua?
me pusieron la vacuna de la fiebre amarilla
el bebé me pega en el pecho mientras mama
quiero que desaparezca este dolor
estoy loca por mi niña
ha ganado 200 gramos esta semana
tiene el frenillo corto y chasquea
tuve preeclampsia en el embarazo, ¿puedo tomar la píldora?
el año pasado tuve una hemorragia en el parto y me atendieron bien
tiene hipo todo el rato
le han salido granitos en la cara
¿cómo sé si está deshidratado?
respira por la boca cuando duerme
no respira mal, solo tiene mocos
no está morado ni flojo, come bien
quiero volver al trabajo y no sé cómo sacarme leche
el bebé tuerce la boca cuando mama
el bebé tuvo convulsiones y ya lo vieron, está bien desde hace meses
mi bebé convulsionó hace un año, ya está bien y lo vieron en el hospital
me pusieron la epidural, ¿puedo dar pecho?
tengo retortijones en la barriga cuando mama
los puntos de la episiotomía ya se me cayeron
la herida del pezón se me abrió otra vez
no puedo ni hacer pis tranquila, siempre en brazos
me levanto a orinar muchas veces por la noche
el bebé vomita un poco de leche
tuve un absceso y lo drenaron, ¿sigo dando ese pecho?
se me hunde el pezón desde siempre, los tengo planos
tengo una costra pequeña en el pezón desde ayer
tengo una ampolla blanca en el pezón
el antibiótico me va bien para la mastitis, ya no estoy peor
me tomé dos pastillas de paracetamol por la cabeza
me recetaron tramadol, ¿puedo dar pecho?
me tomé una copa de vino, ¿cuándo puedo dar pecho?
estoy embarazada y doy pecho, ¿puedo seguir?
tomo domperidona para subir la leche
me pusieron la vacuna del dengue
me levanto de la cama cansada
ya hizo el meconio y mama bien
el ombligo se le cayó ayer y está seco
tiene legañas, ya tiene un año
¿la azúcar que como pasa a la leche?
¿a partir de qué edad puede tomar miel?
hace ruido al tragar cuando mama
toma la mitad de fórmula y la mitad de pecho
hace caca blanda pero no es diarrea
ya probó el huevo y le sentó bien
el bebé llora cuando tiene hambre
le doy el biberón templado para que no se queme
le encantan los cables, ¿cómo protejo los enchufes?
le encanta el agua de la bañera
el perro duerme en su cuarto
quiero donarla, tengo mucha leche
se me pone la punta del pezón lila con el frío
cuántas horas aguanta en la bolsa isotérmica
me noto una pelotita que no se mueve
tengo un punto blanco en la punta que no se quita
tiene la pierna hinchada de la vacuna
tiene tos pero respira bien
mi bebé muerde el chupete pero no llora
mi bebé no tiene dientes pero mordió el biberón
se traga mucho aire al mamar
tiene la ingle irritada del pañal
mi marido le pegó el catarro al bebé
le quedó un moretón de la vacuna
mueve mucho los brazos cuando mama
tomo ibuprofeno y el bebé duerme bien
bebí una cerveza sin alcohol
el pipí es transparente y moja mucho
estuvo amarillo al nacer y ya se le quitó
tose cuando el chorro sale muy fuerte
ya gatea y balbucea
hace mucho calor, ¿le doy agua?
se me cae mucho el pelo desde el parto
tiene una ampolla de succión en el labio
se sobresalta con los ruidos
le suda la cabeza cuando duerme
"""


def _dangers() -> list[tuple[str, str]]:
    rows, sign = [], ""
    for line in DANGERS.strip().splitlines():
        if line.startswith("  "):
            rows.append((sign, line.strip()))
        else:
            sign = line
    return rows


def screen(
    text: str, facts: Mapping[str, float | bool | None] | None = None, pending: str | None = None
) -> Screening:
    return GUARD.screen(text, facts or {}, pending, today=TODAY)


@pytest.mark.parametrize(("sign", "text"), _dangers())
def test_danger_is_caught_at_its_level(sign: str, text: str) -> None:
    found = screen(text)
    assert found.level == CATALOGUE.by_id[sign].level, found
    assert found.check is None
    assert found.spans


@pytest.mark.parametrize("row", CHECKS.strip().splitlines())
def test_doubt_is_asked_about(row: str) -> None:
    sign, text = row.split(" | ")
    found = screen(text)
    assert (found.level, found.sign) == ("none", sign)
    assert found.check == CATALOGUE.question(CATALOGUE.by_id[sign])


@pytest.mark.parametrize("text", HARMLESS.strip().splitlines())
def test_harmless_words_raise_nothing(text: str) -> None:
    assert screen(text) == Screening("none", None, (), None)


def test_every_sign_is_raised_by_some_message() -> None:
    raised = {screen(text).sign for _, text in _dangers()}
    raised |= {screen(row.split(" | ")[1]).sign for row in CHECKS.strip().splitlines()}
    assert raised == set(CATALOGUE.by_id)


@pytest.mark.parametrize(
    ("text", "pending", "level"),
    [
        ("2 meses y 38,4", "baby-fever-under-3-months", "emergency"),
        ("tiene 5 meses y 38,2", "baby-fever-under-3-months", "none"),
        ("5 meses y 39,5", "baby-fever-under-3-months", "same_day"),
        ("3 semanas", "baby-fever-under-3-months", "emergency"),
        ("un mes y medio", "baby-fever-under-3-months", "emergency"),
        ("2 años", "baby-fever-under-3-months", "none"),
        ("no, no tiene fiebre", "baby-fever-under-3-months", "none"),
        ("no tengo termómetro", "baby-fever-under-3-months", "emergency"),
        ("no le he medido", "baby-fever-under-3-months", "emergency"),
        ("¿qué más da?", "baby-fever-under-3-months", "emergency"),
        ("soy yo, tengo fiebre y el pecho rojo", "baby-fever-under-3-months", "same_day"),
        ("39,2", "baby-fever-3-to-6-months", "same_day"),
        ("38", "baby-fever-3-to-6-months", "none"),
        ("sí", "mother-suicide", "emergency"),
        ("si a veces", "mother-suicide", "emergency"),
        ("no, nunca", "mother-suicide", "none"),
        ("no", "mother-suicide", "none"),
        ("no sé", "mother-suicide", "emergency"),
        ("creo que no", "mother-suicide", "emergency"),
        ("quiero hablar de otra cosa", "mother-suicide", "emergency"),
        ("no, pero no quiero vivir", "mother-suicide", "emergency"),
        ("no, pero tiene los labios azules", "mother-suicide", "emergency"),
        ("no, está muy dormilón pero come", "baby-unwakeable", "none"),
        ("no se despierta ni con nada", "baby-unwakeable", "emergency"),
        ("sí, más de una semana", "mother-breast-lump", "same_day"),
        ("", "mother-breast-lump", "same_day"),
        ("tiene 5 días", "baby-jaundice-first-day", "none"),
    ],
)
def test_answer_settles_the_pending_check(text: str, pending: str, level: str) -> None:
    facts = {"baby_age_days": 120.0} if pending == "baby-fever-3-to-6-months" else {}
    found = screen(text, facts, pending)
    assert (found.level, found.check) == (level, None), found


@pytest.mark.parametrize(
    ("text", "facts", "level", "sign"),
    [
        ("tiene fiebre", {"baby_age_days": 40.0}, "emergency", "baby-fever-under-3-months"),
        ("tiene fiebre", {"baby_age_days": 400.0}, "none", None),
        ("está con 39,1", {"baby_age_days": 120.0}, "same_day", "baby-fever-3-to-6-months"),
        ("tengo fiebre", {"baby_age_days": 20.0}, "same_day", "mother-fever-postpartum"),
        ("tengo fiebre", {"baby_age_days": 300.0}, "none", None),
        ("tiene 6 semanas", {"baby_temperature_c": 38.3}, "emergency", "baby-fever-under-3-months"),
        ("gracias", {"baby_temperature_c": 38.3, "baby_age_days": 40.0}, "none", None),
        ("está amarillo", {"baby_age_days": 6.0}, "none", None),
        ("está amarillo", {"baby_age_days": 1.0}, "emergency", "baby-jaundice-first-day"),
        ("me sale leche con sangre", {"baby_age_days": 3.0}, "none", None),
    ],
)
def test_facts_of_the_conversation_count(
    text: str, facts: dict[str, float], level: str, sign: str | None
) -> None:
    found = screen(text, facts)
    assert (found.level, found.sign) == (level, sign)


def test_what_a_professional_saw_yesterday_is_asked_about() -> None:
    found = screen("ayer convulsionó, lo vieron en urgencias y ya está bien")
    assert (found.level, found.sign) == ("none", "baby-fit")
    assert found.check


def test_emergency_outranks_same_day_and_a_check() -> None:
    text = "tengo 39 y la teta roja, me noto un bulto, y quiero morirme"
    assert screen(text).sign == "mother-suicide"


def test_spans_show_her_words() -> None:
    text = "Hola 👋🏽, mi bebé está MORADO desde hace un rato"
    shown = {text[start:end] for start, end in screen(text).spans}
    assert any("MORADO" in words for words in shown)


@given(st.text(max_size=300), st.sampled_from([None, *CATALOGUE.by_id]))
def test_any_text_is_screened(text: str, pending: str | None) -> None:
    found = screen(text, {"baby_age_days": None}, pending)
    assert all(0 <= start <= end <= len(text) for start, end in found.spans)
    assert found.check is None or found.level == "none"
    assert found.sign is None or found.sign in CATALOGUE.by_id


_WORDS = sorted({word for _, text in _dangers() for word in text.split()})


@given(st.lists(st.sampled_from(_WORDS), max_size=40))
def test_any_mix_of_danger_words_is_screened(mixed: list[str]) -> None:
    text = " ".join(mixed)
    found = screen(text)
    assert all(0 <= start < end <= len(text) for start, end in found.spans)


def test_screening_is_fast() -> None:
    texts = [text for _, text in _dangers()] + HARMLESS.strip().splitlines()
    started = time.thread_time()
    for text in texts:
        screen(text)
    assert (time.thread_time() - started) / len(texts) < 0.002


def test_guard_works_with_no_model_graph_or_network() -> None:
    code = """
import socket, sys
def refuse(*_): raise OSError("no network here")
socket.socket.connect = refuse
from agent.danger.guard import Guard
from agent.danger.redflags import phones, read_catalogue
from datetime import date
assert Guard(read_catalogue()).screen("no respira", {}, today=date.today()).level == "emergency"
assert phones("ES")[0].number == "112"
loaded = {"gradio", "neo4j", "langgraph", "langchain_core", "sqlalchemy"} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("country", ["ES", "MX", "AR", "CO", "CL", "PE", "US", "es", "XX", ""])
def test_emergency_telephone_comes_first(country: str) -> None:
    assert phones(country)[0].purpose == "emergency"


def test_unsourced_telephones_are_marked() -> None:
    listed = [phone for country in ("MX", "AR", "CO", "CL", "PE") for phone in phones(country)]
    assert all(phone.source or not phone.verified for phone in listed)
    assert {phone.number for phone in listed if not phone.source} >= {"107", "800 009 2800"}


@pytest.mark.parametrize(
    ("old", "new", "quoted"),
    [
        ("level: emergency", "level: urgente", "urgente"),
        ("who: mother", "who: father", "father"),
        ('"suicid*', '"(x) @nadie', "@nadie"),
        ("when: baby_fever", "when: baby_fever <>", "baby_fever <>"),
        ("sources: [nice-ng75]", "sources: [nowhere]", "nowhere"),
        ("  - id: mother-suicide", "  - id: Suicidio!", "Suicidio!"),
        ("\nsigns:", "\nsings:", "sings"),
    ],
)
def test_mistakes_in_the_catalogue_are_quoted(
    tmp_path: Path, old: str, new: str, quoted: str
) -> None:
    text = Path("trees/redflags.yaml").read_text("utf-8")
    broken = tmp_path / "redflags.yaml"
    broken.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(TreeError, match=r"redflags\.yaml") as error:
        read_catalogue(broken)
    assert quoted in str(error.value)


def test_texts_hold_no_doses() -> None:
    def words(catalogue: Catalogue) -> str:
        return " ".join(part for sign in catalogue.signs for part in (sign.say, *sign.do)).lower()

    assert not any(unit in words(CATALOGUE) for unit in (" mg", " ml", "miligramo", "mg/kg"))
